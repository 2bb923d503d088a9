"""The files for `ray up` and for KubeRay: Ray's own validation, pins, tokens, dashboards, and nothing open."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CLUSTERS = ROOT / "platform/clusters"
RAY_UP = ("onprem", "aws", "gcp")
KUBERAY = ("kuberay-cluster", "kuberay-job")
ALL_FILES = sorted(path for path in CLUSTERS.iterdir() if path.is_file())


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if "==" in line)
    return {name.lower(): version for name, version in pairs}


def ray_up(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CLUSTERS / f"{name}.yaml").read_text())
    return loaded


def documents(name: str) -> dict[str, dict[str, Any]]:
    """The documents of a file by their kind."""
    loaded = list(yaml.safe_load_all((CLUSTERS / f"{name}.yaml").read_text()))
    by_kind = {document["kind"]: document for document in loaded}
    assert len(by_kind) == len(loaded)
    return by_kind


def cluster_spec(name: str) -> dict[str, Any]:
    found = documents(name)
    spec: dict[str, Any] = (
        found["RayCluster"]["spec"] if "RayCluster" in found else found["RayJob"]["spec"]["rayClusterSpec"]
    )
    return spec


def pod_templates(name: str) -> Iterator[dict[str, Any]]:
    spec = cluster_spec(name)
    yield spec["headGroupSpec"]["template"]
    yield from (group["template"] for group in spec["workerGroupSpecs"])
    if "RayJob" in documents(name):
        yield documents(name)["RayJob"]["spec"]["submitterPodTemplate"]


def test_every_file_is_covered() -> None:
    names = {path.name for path in ALL_FILES}
    others = {"slurm.sbatch", "install.sh", "Dockerfile", "grafana-study.json"}
    assert names == {f"{name}.yaml" for name in (*RAY_UP, *KUBERAY)} | others


@pytest.mark.parametrize("name", RAY_UP)
def test_ray_takes_the_file(name: str) -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    prepared = prepare_config(ray_up(name))
    validate_config(prepared)
    workers = [kind for key, kind in prepared["available_node_types"].items() if name == "onprem" or key != "head"]
    assert sum(kind["max_workers"] for kind in workers) > 0
    if name != "onprem":
        assert all(kind["min_workers"] == 0 for kind in workers), "autoscaling starts at zero"


def test_ray_refuses_a_file_with_a_wrong_key() -> None:
    import jsonschema
    from ray.autoscaler._private.util import prepare_config, validate_config

    with pytest.raises(jsonschema.ValidationError, match="setup_comands"):
        validate_config(prepare_config({**ray_up("onprem"), "setup_comands": []}))


@pytest.mark.parametrize("path", ALL_FILES, ids=lambda path: path.name)
def test_versions_are_the_pins(path: Path) -> None:
    known, text = pins(), path.read_text()
    for name, version in re.findall(r"([A-Za-z0-9_.-]+)(?:\[[\w,]*\])?==(\d[\w.]*)", text):
        assert version == known.get(name.lower(), version), f"{path.name} has {name}=={version}"
    for version, python in re.findall(r"ray[:-](\d+\.\d+\.\d+)-py(\d+)", text):
        assert (version, python) == (known["ray"], "311")
    for version in re.findall(r"rayVersion: \"(.*)\"", text):
        assert version == known["ray"]


def test_ray_is_pinned_where_it_is_installed() -> None:
    assert f'"ray[default,tune]=={pins()["ray"]}"' in (CLUSTERS / "install.sh").read_text()
    assert f"FROM rayproject/ray:{pins()['ray']}-py311\n" in (CLUSTERS / "Dockerfile").read_text()


def test_all_install_the_same_way() -> None:
    ours = [ray_up(name) for name in RAY_UP]
    for key in ("file_mounts", "setup_commands", "worker_start_ray_commands"):
        assert ours[0][key] == ours[1][key] == ours[2][key]
    (install,) = [command for command in ours[0]["setup_commands"] if "install.sh" in command]
    assert install == (
        "bash ~/s4mcl-package/install.sh ~/s4mcl-package/dist/s4mcl-*.whl ~/s4mcl-package/constraints.txt"
    )
    mounts = ours[0]["file_mounts"]
    assert {"~/s4mcl-package/dist", "~/s4mcl-package/constraints.txt", "~/s4mcl-package/install.sh"} < mounts.keys()
    for local in mounts.values():
        assert local in {"~/.ray/auth_token", "dist"} or (ROOT / local).is_file(), local
    assert "s4mcl-package/install.sh" in (CLUSTERS / "Dockerfile").read_text()


@pytest.mark.parametrize("name", RAY_UP)
def test_ray_starts_with_the_token_and_its_dashboard_on_loopback(name: str) -> None:
    config = ray_up(name)
    assert config["file_mounts"]["~/.ray/auth_token"] == "~/.ray/auth_token"
    assert "chmod 600 ~/.ray/auth_token" in config["setup_commands"][0], "before anything else"
    for key, option in (("head_start_ray_commands", "--head"), ("worker_start_ray_commands", "--address=$RAY_HEAD_IP")):
        *_, start = config[key]
        before, ray_start, after = start.partition("ray start ")
        assert ray_start
        assert " RAY_AUTH_MODE=token " in before
        assert "s4mcl-env/bin" in before
        assert option in after
    assert re.findall(r"--dashboard-host=(\S+)", config["head_start_ray_commands"][-1]) == ["127.0.0.1"]
    assert "--autoscaling-config=~/ray_bootstrap_config.yaml" in config["head_start_ray_commands"][-1]


@pytest.mark.parametrize("path", ALL_FILES, ids=lambda path: path.name)
def test_nothing_faces_the_internet(path: Path) -> None:
    text = path.read_text()
    assert "0.0.0.0/0" not in text
    assert "::/0" not in text
    assert "disabled" not in text.lower()
    assert not re.search(r"(type|serviceType|kind): *(LoadBalancer|NodePort|Ingress)\b", text)
    assert not re.search(r"RAY_AUTH_TOKEN[=:] *[\w-]{8}", text), "no token stands in a file"
    if path.name != "kuberay-job.yaml" and path.suffix in (".yaml", ".sbatch"):
        assert set(re.findall(r"dashboard-host[=:] *(\S+)", text)) == {"127.0.0.1"}
        assert "8265" in text, "the tunnel's command"


def test_aws_never_lets_ray_make_a_security_group() -> None:
    config = ray_up("aws")
    for kind in config["available_node_types"].values():
        assert kind["node_config"]["SecurityGroupIds"]
        assert kind["node_config"]["MetadataOptions"]["HttpTokens"] == "required"
    assert "security_group" not in config["provider"], "its rules would be added to Ray's own, which open port 22"
    worker = config["available_node_types"]["gpu_spot"]
    assert worker["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"}
    assert worker["resources"]["GPU"] == 1
    images = {kind["node_config"]["ImageId"] for kind in config["available_node_types"].values()}
    assert len(images) == 1, "one Python on all nodes"


def test_gcp_never_lets_ray_choose_the_network() -> None:
    config = ray_up("gcp")
    for kind in config["available_node_types"].values():
        (interface,) = kind["node_config"]["networkInterfaces"]
        assert interface["subnetwork"].endswith("/subnetworks/s4mcl")
        assert kind["node_config"]["tags"] == {"items": ["s4mcl"]}
    worker = config["available_node_types"]["gpu_spot"]
    assert worker["node_config"]["scheduling"]["provisioningModel"] == "SPOT"
    assert worker["resources"]["GPU"] == 1


@pytest.mark.parametrize("name", KUBERAY)
def test_kuberay_gets_what_it_needs(name: str) -> None:
    found = documents(name)
    kind = {"kuberay-cluster": "RayCluster", "kuberay-job": "RayJob"}[name]
    assert set(found) == {"PersistentVolumeClaim", "NetworkPolicy", kind}
    assert found[kind]["apiVersion"] == "ray.io/v1"
    spec = cluster_spec(name)
    assert spec["rayVersion"] == pins()["ray"]
    assert spec["authOptions"] == {"mode": "token"}
    assert spec["headGroupSpec"]["serviceType"] == "ClusterIP"
    (workers,) = spec["workerGroupSpecs"]
    assert (spec["enableInTreeAutoscaling"], workers["minReplicas"], workers["replicas"]) == (True, 0, 0)
    assert workers["template"]["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 1
    (volume,) = spec["headGroupSpec"]["template"]["spec"]["volumes"]
    assert volume["persistentVolumeClaim"]["claimName"] == found["PersistentVolumeClaim"]["metadata"]["name"]


@pytest.mark.parametrize("name", KUBERAY)
def test_every_pod_has_our_image_the_token_and_the_fence(name: str) -> None:
    policy = documents(name)["NetworkPolicy"]["spec"]
    fenced = policy["podSelector"]["matchLabels"]
    assert policy["policyTypes"] == ["Ingress"]
    for template in pod_templates(name):
        (container,) = template["spec"]["containers"]
        assert container["image"].endswith(f"/s4mcl:ray-{pins()['ray']}-py311")
        assert {"name": "RAY_AUTH_MODE", "value": "token"} in container["env"]
        assert template["metadata"]["labels"] == fenced
        assert template["spec"]["securityContext"]["runAsNonRoot"] is True
    inside, *others = policy["ingress"]
    assert inside == {"from": [{"podSelector": {"matchLabels": fenced}}]}
    operator = {
        "from": [
            {
                "namespaceSelector": {},
                "podSelector": {"matchLabels": {"app.kubernetes.io/name": "kuberay-operator"}},
            }
        ],
        "ports": [{"protocol": "TCP", "port": 8265}],
    }
    assert others == ([operator] if name == "kuberay-job" else [])


def test_the_job_runs_a_study_on_its_cluster() -> None:
    spec = documents("kuberay-job")["RayJob"]["spec"]
    assert spec["entrypoint"].startswith("s4mcl run cluster=existing ")
    assert spec["backoffLimit"] == 0, "the same command again is the user's to give"
    assert spec["shutdownAfterJobFinishes"] is True
    assert spec["rayClusterSpec"]["headGroupSpec"]["rayStartParams"]["dashboard-host"] == "0.0.0.0"


def test_the_guide_names_every_file_and_none_that_is_not_there() -> None:
    text = (ROOT / "docs/cluster.md").read_text()
    named = set(re.findall(r"(?:platform|search_spaces|docs)/[\w/.-]+\.(?:yaml|sbatch|sh|py|md)", text))
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []
    assert [path.name for path in ALL_FILES if path.name not in text] == []
