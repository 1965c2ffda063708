/** Channels that name the server they expect. */
@NullMarked
package dev.countersign.client;

import org.jspecify.annotations.NullMarked;
