/** The sentry: identity at the connection, decision at the call, and the record of both. */
@NullMarked
package dev.countersign.guard;

import org.jspecify.annotations.NullMarked;
