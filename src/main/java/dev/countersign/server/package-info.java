/** Guarded listeners: credentials, guard, limits, an admin port and an orderly end; none can be left out. */
@NullMarked
package dev.countersign.server;

import org.jspecify.annotations.NullMarked;
