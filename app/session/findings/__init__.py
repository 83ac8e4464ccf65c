"""Findings: faults that the trace shows, each with its lines and a fix where there is one."""
