/** A small certificate authority for workloads: it issues, renews, revokes and looks at certificates critically. */
@NullMarked
package dev.countersign.pki;

import org.jspecify.annotations.NullMarked;
