/** The SPIFFE Workload API as a client: what an agent on this machine hands out, as bytes, over a unix socket. */
@NullMarked
package dev.countersign.workload;

import org.jspecify.annotations.NullMarked;
