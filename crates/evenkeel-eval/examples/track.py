"""A detector for the causal track: how far a row is from the level of the rows before, in usual distances."""
import sys

level, usual = {}, {}
for line in sys.stdin:  # one row a line: numbers between commas
    scores = []
    for i, field in enumerate(line.split(",")):
        x = float(field)
        if x != x:  # NaN: nothing is known of it
            continue
        if i not in level:
            level[i], usual[i] = x, 0.0
            continue
        off = abs(x - level[i])
        scores.append(off / usual[i] if usual[i] > 0 else 0.0)
        level[i] += 0.05 * (x - level[i])
        usual[i] += 0.05 * (off - usual[i])
    # The answer, each at once, before the next row is given; an empty line says nothing.
    print(sum(scores) / len(scores) if scores else "", flush=True)
