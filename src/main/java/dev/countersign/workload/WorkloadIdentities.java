package dev.countersign.workload;

import java.util.List;
import java.util.Map;

/**
 * Everything that an agent has for one workload at a moment (SPIFFE Workload API section 5.1, {@code X509SVIDResponse}).
 * A later one replaces it as a whole: what is absent there is taken back.
 *
 * @param svids the identities, the default one first
 * @param revocationLists CRLs in DER
 * @param federated the authorities of other trust domains, in DER, by the SPIFFE id of the domain
 */
public record WorkloadIdentities(
    List<Svid> svids, List<byte[]> revocationLists, Map<String, byte[]> federated) {

  /** Collections are copied, their bytes are not. */
  public WorkloadIdentities {
    svids = List.copyOf(svids);
    revocationLists = List.copyOf(revocationLists);
    federated = Map.copyOf(federated);
  }
}
