"""An API server with a few objects, only for reading, on a free port of 127.0.0.1; its address goes into the file that is named.

/all has a namespace without annotations, a service account with somebody else's, and a deployment that kubectl applied; /one only
the deployment; /unsaid one that kubectl did not apply; /broken fails at every object.
"""

import http.server
import json
import os
import sys

APPLIED = {"kubectl.kubernetes.io/last-applied-configuration": '{"kind":"Deployment","metadata":{"name":"route-guide"}}\n'}
NAMESPACE = "/api/v1/namespaces/countersign"
ACCOUNT = NAMESPACE + "/serviceaccounts/route-guide"
DEPLOYMENT = "/apis/apps/v1/namespaces/countersign/deployments/route-guide"
CLUSTERS = {
    "all": {NAMESPACE: None, ACCOUNT: {"example.org/other": "x"}, DEPLOYMENT: APPLIED},
    "one": {DEPLOYMENT: APPLIED},
    "unsaid": {NAMESPACE: None, DEPLOYMENT: {"example.org/other": "x"}},
    "broken": {},
}
# What "kubectl get -f" of an overlay has to know: group and version, and each plural with its kind; in a namespace unless it says not.
KINDS = {
    "v1": {"namespaces!": "Namespace", "serviceaccounts": "ServiceAccount", "services": "Service", "configmaps": "ConfigMap"},
    "apps/v1": {"deployments": "Deployment"},
    "batch/v1": {"cronjobs": "CronJob"},
    "policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
    "networking.k8s.io/v1": {"networkpolicies": "NetworkPolicy"},
    "cert-manager.io/v1": {"certificates": "Certificate", "clusterissuers!": "ClusterIssuer"},
    "trust.cert-manager.io/v1alpha1": {"bundles!": "Bundle"},
}


def resources(version):
    return [
        {"name": plural.rstrip("!"), "singularName": "", "kind": kind, "namespaced": not plural.endswith("!"), "verbs": ["get", "list"]}
        for plural, kind in KINDS[version].items()
    ]


def groups():
    versions = [each for each in KINDS if "/" in each]
    named = [(each.split("/")[0], {"groupVersion": each, "version": each.split("/")[1]}) for each in versions]
    return [{"name": name, "versions": [version], "preferredVersion": version} for name, version in named]


def answer(cluster, path):
    """The status and the object at a path."""
    if path == "/api":
        return 200, {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups()}
    version = path.removeprefix("/apis/").removeprefix("/api/")
    if version in KINDS:
        return 200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources(version)}
    if cluster == "broken":
        return 500, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "InternalError", "code": 500}
    if path not in CLUSTERS[cluster]:
        return 404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
    plural, name = path.split("/")[-2:]
    kinds = {each.rstrip("!"): (version, kind) for version in KINDS for each, kind in KINDS[version].items()}
    metadata = {"name": name, "annotations": CLUSTERS[cluster][path]}
    return 200, {"apiVersion": kinds[plural][0], "kind": kinds[plural][1], "metadata": {k: v for k, v in metadata.items() if v}}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, cluster, path = self.path.split("?")[0].split("/", 2)
        status, found = answer(cluster, "/" + path)
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w", encoding="ascii") as file:
    file.write(f"http://127.0.0.1:{server.server_port}")
os.replace(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
