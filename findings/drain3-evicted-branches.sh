#!/usr/bin/env bash
# drain3 0.9.11, max_clusters: what is evicted leaves its branch of the parse tree behind. The number of templates stays at the limit, but
# every line that begins with words never seen before adds nodes that nothing takes away again, so that the memory of a long-running miner
# grows with the number of prefixes it ever saw, not with the limit. (Within a leaf, numbers of evicted templates are dropped when the leaf is
# met again; the nodes above it stay.)
#
# Seen with max_clusters = 10 on lines of two words that are all different (request identifiers in front, as many services write them): after
# 100, 200 and 400 lines there are 10 templates, and about 100, 200 and 400 nodes, as long as the first level has room (max_children is 1,000
# here; by default 100, beyond which a wildcard takes the rest).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check drain3==0.9.11
"$work/venv/bin/python" - <<'PY'
from drain3.drain import Drain

def nodes(node):
    return 1 + sum(nodes(child) for child in node.key_to_child_node.values())

miner = Drain(max_clusters=10, max_children=1000, parametrize_numeric_tokens=False)
seen = {}
for line in range(1, 401):
    name = "".join(chr(ord("a") + int(digit)) for digit in str(line))
    miner.add_log_message(f"{name} started")
    if line in (100, 200, 400):
        seen[line] = (len(miner.clusters), nodes(miner.root_node))
        print(f"{line} lines: {seen[line][0]} templates, {seen[line][1]} nodes of the tree")
assert all(templates <= 10 for templates, _ in seen.values())
assert seen[400][1] > 3 * seen[100][1], "evicted branches are taken away: the finding is out of date"
PY
