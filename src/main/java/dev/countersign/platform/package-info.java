/** Where this process runs, and whether ALTS works here; every "no" has a reason, and everything looked at is kept. */
@NullMarked
package dev.countersign.platform;

import org.jspecify.annotations.NullMarked;
