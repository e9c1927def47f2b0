"""Faults put into real runs: is what is published ever a mixture, and does a run go on?"""
