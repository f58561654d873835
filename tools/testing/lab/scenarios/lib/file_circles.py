# SPDX-License-Identifier: GPL-2.0-only
"""Which files of a module call each other in a circle? file_circles.py FOLDER, of built objects.

A line for each circle, and one for each call in it: the caller, who is called, what. Calls by
way of a table of functions are not seen: that is what such a table is for.
"""
import glob
import os
import subprocess
import sys


def objects(folder):
    """Those of single sources; what is linked of several has a NAME.mod beside it."""
    for path in glob.glob(os.path.join(folder, "**", "*.o"), recursive=True):
        if not path.endswith(".mod.o") and not os.path.exists(path[:-2] + ".mod"):
            yield path


def symbols(path):
    defined, wanted = set(), set()
    for line in subprocess.run(["nm", path], stdout=subprocess.PIPE, check=True,
                               universal_newlines=True).stdout.splitlines():
        kind, name = line.split()[-2:]
        if kind == "U":
            wanted.add(name)
        elif kind.isupper():
            defined.add(name)
    return defined, wanted


def calls(folder):
    """{caller: {called: [names]}}"""
    files = {os.path.relpath(path, folder)[:-2]: symbols(path) for path in objects(folder)}
    home = {name: file for file, (defined, _) in files.items() for name in defined}
    graph = {file: {} for file in files}
    for file, (_, wanted) in files.items():
        for name in sorted(wanted):
            if home.get(name, file) != file:
                graph[file].setdefault(home[name], []).append(name)
    return graph


def reached(graph, start):
    seen, todo = set(), [start]
    while todo:
        for file in graph[todo.pop()]:
            if file not in seen:
                seen.add(file)
                todo.append(file)
    return seen


def main():
    graph = calls(sys.argv[1])
    if not any(graph.values()):
        sys.exit("no calls between files of %s: was it built?" % sys.argv[1])
    beyond = {file: reached(graph, file) for file in graph}
    circles = {frozenset(other for other in beyond[file] if file in beyond[other])
               for file in graph if file in beyond[file]}
    for circle in circles:
        print("circle: %s" % ", ".join(sorted(circle)))
        for caller in sorted(circle):
            for called in sorted(circle & set(graph[caller])):
                print("%s calls %s: %s" % (caller, called, ", ".join(graph[caller][called])))
    sys.exit(1 if circles else 0)


main()
