"""Cases driven through payment and repayment while processes are killed and the bank misbehaves.

    make chaos SEED=7 CASES=1000 MINUTES=10

What is killed, when and for how long, and how the bank misbehaves, follows from the seed. Afterwards everything is let
settle, people do the tasks that name cases to them, and the tally compares both sides' books.
"""
