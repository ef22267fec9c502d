"""One job per line of stdin, one answer per line of stdout, both JSON."""
import json
import sys


def serve(perform):
    for line in sys.stdin:
        print(json.dumps(perform(json.loads(line))), flush=True)
