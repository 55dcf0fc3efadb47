"""What an experienced evaluator looks for in records: computed, explained, and never a verdict.

A signal is worth asking about and may have the best of reasons. Each module looks for one
concern, as pure functions over the rows of views, so that the live tables, a fold up to any
position and a bundle on the evaluator's own machine say the same.
"""
