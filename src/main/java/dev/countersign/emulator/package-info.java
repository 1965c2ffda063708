/** Google's metadata server and ALTS handshaker for laptops and tests: named identities, faults, and no security. */
@NullMarked
package dev.countersign.emulator;

import org.jspecify.annotations.NullMarked;
