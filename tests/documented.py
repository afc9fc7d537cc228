# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""Compares what the code knows with what ovsdb-schema/ says of it.

documented.py TOP         compares everything; complains and fails if there is
                          anything that the other does not know
documented.py TOP COLUMN  prints the keys of COLUMN, or "commands"

Needs test-excpath in PATH and OVS's Python modules in PYTHONPATH."""

import json
import os
import re
import subprocess
import sys

top = sys.argv[1]
complaints = []


def read(name):
    with open(os.path.join(top, name), encoding="utf-8") as f:
        return f.read()


def run(*args):
    return subprocess.run(args, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def documented(column):
    lines = run(sys.executable, os.path.join(top, "build-aux/excpath-doc"),
                "list", os.path.join(top, "ovsdb-schema/excpath.xml"), column)
    return {key: json.loads(kind) if kind else {"type": "string"}
            for key, _, kind in (line.partition(" ")
                                 for line in lines.splitlines())}


def documented_commands():
    return re.findall(r"<dt><code>(excpath/[a-z-]+)</code>",
                      read("ovsdb-schema/ovs-vswitchd-excpath.8.xml"))


def compare(what, code, text):
    for key in sorted(set(code) - set(text)):
        complaints.append("%s %s is not documented" % (what, key))
    for key in sorted(set(text) - set(code)):
        complaints.append("%s %s is documented, and does not exist"
                          % (what, key))
    if not code:
        complaints.append("no %s was found in the code" % what)


def takes(key, value):
    """Whether the code takes 'value'.  What is fit for one may be in conflict
    with other defaults, and says so in other words."""
    return " is not valid: " not in run("test-excpath", "options", "exc0",
                                        "16", "%s=%s" % (key, value))


def check_values(key, kind):
    good, bad = [], []
    if kind["type"] == "boolean":
        good, bad = ["true", "false"], ["on", ""]
    elif kind["type"] == "integer":
        limits = [kind["minInteger"], kind["maxInteger"]]
        good, bad = limits, [limits[0] - 1, limits[1] + 1, "x"]
    elif "enum" in kind:
        good, bad = kind["enum"][1], ["other", ""]
    for value in good:
        if not takes(key, value):
            complaints.append("%s=%s is documented, and refused"
                              % (key, value))
    for value in bad:
        if takes(key, value):
            complaints.append("%s=%s is taken, and not documented"
                              % (key, value))


def main():
    options = documented("options")
    message = run("test-excpath", "options", "exc0", "8", "no-such-option=1")
    compare("option",
            re.split(r", | and ", message.strip().split(" excpath are ")[1]),
            options)
    for key, kind in options.items():
        check_values(key, kind)

    compare("status",
            re.findall(r'"(excpath_[a-z_]+)"',
                       read("netdev-excpath/excpath-status.c")),
            documented("status"))
    compare("statistic",
            run("test-excpath", "counters").split()
            + re.findall(r'append\(stats, "(excpath_\w+)",',
                         read("netdev-excpath/excpath-stats.c")),
            documented("statistics"))
    compare("command",
            re.findall(r'\{ "(excpath/[a-z-]+)"',
                       read("netdev-excpath/excpath-unixctl.c")),
            documented_commands())


if len(sys.argv) == 3:
    print("\n".join(sorted(documented_commands() if sys.argv[2] == "commands"
                           else documented(sys.argv[2]))))
else:
    main()
    for complaint in complaints:
        print(complaint)
    sys.exit(bool(complaints))
