/** Two services that show everything the kit does, and clients for them that are meant to be copied. */
@NullMarked
package dev.countersign.demo;

import org.jspecify.annotations.NullMarked;
