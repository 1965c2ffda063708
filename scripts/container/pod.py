"""What podman has to be told to run a container as a rendered manifest says.

    pod.py RENDERING KIND NAME VOLUMES PART

KIND is Deployment or CronJob. VOLUMES is the folder that has a folder for each Secret and ConfigMap, under its name. PART is "flags"
(all but memory), "memory", "words" (the container's arguments), "grace" (seconds) or "user"; one word a line.
A field that is not known here is an error: what the manifest says and this does not do would not have been tried.
"""

import sys

import yaml


class Unknown(Exception):
    pass


def known(subject, it, done, of_the_cluster=()):
    """Refuses keys that are neither done here nor the cluster's affair."""
    strange = sorted(set(it) - set(done) - set(of_the_cluster))
    if strange:
        raise Unknown(f"{subject} has {', '.join(strange)}, which no flag of podman is known for here")


def must(subject, found, allowed):
    if found not in allowed:
        raise Unknown(f"{subject} is {found!r} (known here: {', '.join(map(repr, allowed))})")


def find(objects, kind, name):
    for each in objects:
        if each["kind"] == kind and each["metadata"]["name"] == name:
            return each
    raise Unknown(f"there is no {kind} {name!r}")


def pod_of(objects, kind, name):
    must("the kind", kind, ("Deployment", "CronJob"))
    spec = find(objects, kind, name)["spec"]
    return (spec if kind == "Deployment" else spec["jobTemplate"]["spec"])["template"]["spec"]


def container_of(pod):
    (container,) = pod["containers"]
    return container


def security(pod, container):
    """User, root file system, capabilities, privileges, system calls."""
    both, own = pod["securityContext"], container["securityContext"]
    known(
        "the pod's securityContext",
        both,
        ("runAsUser", "runAsGroup", "runAsNonRoot", "fsGroup", "seccompProfile"),
        ("fsGroupChangePolicy",),
    )
    known("the container's securityContext", own, ("allowPrivilegeEscalation", "capabilities", "readOnlyRootFilesystem"))
    if both.get("runAsNonRoot") and both.get("runAsUser") == 0:
        raise Unknown("runAsUser is 0, and runAsNonRoot is true")
    # What podman does by itself is what the container runtime does.
    must("seccompProfile", both.get("seccompProfile", {}).get("type"), ("RuntimeDefault", "Unconfined"))
    flags = [f"--user={both['runAsUser']}:{both['runAsGroup']}", f"--group-add={both['fsGroup']}"]
    if both["seccompProfile"]["type"] == "Unconfined":
        flags.append("--security-opt=seccomp=unconfined")
    if own.get("readOnlyRootFilesystem"):
        # podman would make a /tmp of its own.
        flags += ["--read-only", "--read-only-tmpfs=false"]
    if not own.get("allowPrivilegeEscalation", True):
        flags.append("--security-opt=no-new-privileges")
    capabilities = own.get("capabilities", {})
    known("capabilities", capabilities, ("drop", "add"))
    flags += [f"--cap-drop={each}" for each in capabilities.get("drop", [])]
    flags += [f"--cap-add={each}" for each in capabilities.get("add", [])]
    return flags


def mounts(pod, container, folder):
    volumes = {each["name"]: each for each in pod["volumes"]}
    for mount in container["volumeMounts"]:
        known("a volumeMount", mount, ("name", "mountPath", "readOnly"))
        volume, path = volumes[mount["name"]], mount["mountPath"]
        known("a volume", volume, ("name", "emptyDir", "secret", "configMap"))
        if "emptyDir" in volume:
            size = bytes_of(volume["emptyDir"]["sizeLimit"])
            yield f"--tmpfs={path}:rw,exec,size={size},mode=1777"
        else:
            source = volume["secret"]["secretName"] if "secret" in volume else volume["configMap"]["name"]
            yield f"--volume={folder}/{source}:{path}:{'ro' if mount.get('readOnly') else 'rw'}"


def environment(objects, container):
    for each in container.get("envFrom", []):
        known("envFrom", each, ("configMapRef",))
        for name, value in find(objects, "ConfigMap", each["configMapRef"]["name"])["data"].items():
            yield f"--env={name}={value}"
    # These win over those.
    for each in container.get("env", []):
        known("env", each, ("name", "value"))
        yield f"--env={each['name']}={each['value']}"


def bytes_of(quantity):
    if not quantity.endswith("Mi"):
        raise Unknown(f"{quantity!r} is not in Mi")
    return int(quantity[:-2]) << 20


def memory(container):
    resources = container["resources"]
    known("resources", resources, ("limits",), ("requests",))
    known("the limits", resources["limits"], ("memory",))
    size = bytes_of(resources["limits"]["memory"])
    # A pod has no swap.
    return [f"--memory={size}", f"--memory-swap={size}"]


def part(objects, kind, name, folder, what):
    pod = pod_of(objects, kind, name)
    container = container_of(pod)
    known(
        "the pod",
        pod,
        ("containers", "volumes", "securityContext", "terminationGracePeriodSeconds"),
        # Where it runs, and what the cluster gives it.
        ("automountServiceAccountToken", "enableServiceLinks", "restartPolicy", "serviceAccountName", "topologySpreadConstraints"),
    )
    known(
        "the container",
        container,
        ("args", "env", "envFrom", "image", "resources", "securityContext", "volumeMounts"),
        # The kubelet's; the script asks the same paths and sends the same signal.
        ("name", "ports", "lifecycle", "livenessProbe", "readinessProbe", "startupProbe"),
    )
    if what == "flags":
        return security(pod, container) + list(environment(objects, container)) + list(mounts(pod, container, folder))
    return {
        "memory": lambda: memory(container),
        "words": lambda: container["args"],
        "grace": lambda: [pod.get("terminationGracePeriodSeconds", 30)],
        "user": lambda: [pod["securityContext"]["runAsUser"]],
    }[what]()


def main():
    rendering, kind, name, folder, what = sys.argv[1:]
    with open(rendering, encoding="utf-8") as file:
        objects = list(yaml.safe_load_all(file))
    try:
        for word in part(objects, kind, name, folder, what):
            print(word)
    except (Unknown, KeyError) as problem:
        sys.exit(f"pod: error: {kind} {name}: {problem}")


main()
