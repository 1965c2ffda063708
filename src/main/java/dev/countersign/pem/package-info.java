/** PEM text (RFC 7468) and the little DER it holds: keys, certificates and compact revocation lists. */
@NullMarked
package dev.countersign.pem;

import org.jspecify.annotations.NullMarked;
