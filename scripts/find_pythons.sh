#!/bin/sh
# Prints the interpreters that can run the project, newest release first, one a line and one a release.
# Each is tried, since a version manager's shim may be on PATH and fail; Debian's python3 may lack venv.
probe='
import sys
if sys.version_info >= (3, 11):
    import ensurepip, sqlite3, ssl, venv
    print("%d.%d %s" % (*sys.version_info[:2], sys.executable))
'
for candidate in python3.13 python3.12 python3.11 python3 python "$HOME"/.pyenv/versions/3.*/bin/python3; do
    "$candidate" -c "$probe" 2>/dev/null </dev/null
done | awk '!seen[$1]++' | sort -t. -k1,1nr -k2,2nr | cut -d' ' -f2-
