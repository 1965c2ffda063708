/** The command {@code countersign}: arguments, printing and exit codes; everything it does is one call into the library. */
@NullMarked
package dev.countersign.cli;

import org.jspecify.annotations.NullMarked;
