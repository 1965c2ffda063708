/** Who a peer proved to be: typed principals that are parsed once, and the gRPC context key they travel under. */
@NullMarked
package dev.countersign.identity;

import org.jspecify.annotations.NullMarked;
