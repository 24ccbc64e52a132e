"""Joins what both sides measured into one table: work, peer, seconds, ratio, and whether both computed the same."""

import json
import statistics
import sys

rounds = {}
for line in sys.stdin:
    row = json.loads(line)
    rounds.setdefault((row["name"], row.get("peer")), []).append(row)

print(f'{"work":<42} {"peer":<14} {"peer s":>10} {"evenkeel s":>10} {"ratio":>8}  result (peer, evenkeel)')
for (name, peer), theirs in rounds.items():
    if peer is None:
        continue
    ours = rounds[name, None]
    median = lambda rows: statistics.median(row["seconds"] for row in rows)
    a, b = theirs[0]["checksum"], ours[0]["checksum"]
    print(f"{name:<42} {peer:<14} {median(theirs):>10.3g} {median(ours):>10.3g} {median(theirs) / median(ours):>8.1f}  {a:.6f} {b:.6f}")
