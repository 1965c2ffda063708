/** Files that secrets live in: read with their rights checked, written atomically, watched by content. */
@NullMarked
package dev.countersign.files;

import org.jspecify.annotations.NullMarked;
