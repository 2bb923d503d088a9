"""Statistics of trials: intervals, paired comparisons, label savings, effects, importance, and cautions in words.

The units are seeds crossed with test groups (patients): every seed's model sees every group, and the images of a group
are not independent. `group_sums` brings scores into that form, `crossed` makes intervals of it.
"""
