"""The only writers. Each verb authorises, asks the lifecycle, changes, records, in one unit of work."""
