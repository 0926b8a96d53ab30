"""What the desk guarantees, proved on each database by races, faults, kills and outages; `make proof` runs it.

``PROOF=full`` goes many rounds, else few. Each test is one guarantee: its marker says it in plain words, the fixture
``figure`` takes what was counted, and ``page`` writes both down.
"""
