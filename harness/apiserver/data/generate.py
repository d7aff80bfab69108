#!/usr/bin/env python3
"""Writes columns.txt from the recorded table of every listable kind.

    generate.py table-columns-1.36.json

Facts only. One line a kind: group/Kind, then name|type|format|priority of each column, separated by tabs.
"""
import json, pathlib, sys


def main(source):
    rows = []
    for table in json.load(open(source)):
        if "columns" in table:
            cells = [f"{c['name']}|{c['type']}|{c['format']}|{c['priority']}" for c in table["columns"]]
            rows.append(f"{table['group'] or '-'}/{table['kind']}\t" + "\t".join(cells))
    (pathlib.Path(__file__).parent / "columns.txt").write_text("\n".join(sorted(set(rows))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
