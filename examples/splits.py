"""The split of `GET /v1/splits`, in ten lines: the same ids on every machine, with or without the service."""
import hashlib
from fractions import Fraction


def split(studies, seed=0, ratios=("0.7", "0.15", "0.15")):
    """`studies`: (id, category) of the whole catalog. Returns the ids of train, val and test, in order."""
    parts = [], [], []
    for category in {category for _, category in studies}:
        ids = sorted((id for id, of in studies if of == category), key=lambda id: hashlib.sha256(f"{seed}:{id}".encode()).hexdigest())
        shares = [Fraction(ratio) * len(ids) for ratio in ratios]
        counts = [int(share) for share in shares]
        for part in sorted(range(3), key=lambda n: counts[n] - shares[n])[:len(ids) - sum(counts)]:  # largest remainder first
            counts[part] += 1
        for part, count in zip(parts, counts):
            part += [ids.pop(0) for _ in range(count)]
    return [sorted(part) for part in parts]


if __name__ == "__main__":
    import json
    import sys
    from urllib.request import urlopen

    server, *arguments = sys.argv[1:] or ["http://127.0.0.1:8080"]
    seed, ratios = arguments or ("0", "0.7,0.15,0.15")
    studies = [json.loads(line) for line in urlopen(f"{server}/v1/studies.ndjson")]
    ours = split([(study["id"], study["category"]) for study in studies], seed, ratios.split(","))
    theirs = json.load(urlopen(f"{server}/v1/splits?seed={seed}&ratios={ratios}"))
    assert ours == [theirs["train"], theirs["val"], theirs["test"]]
    print(f"train {len(ours[0])}, val {len(ours[1])}, test {len(ours[2])}: as the service says")
