"""Who asks, and what they may see and do: keys, sign-in, the policy, consent and disclosure.

Routes and pages reach the data of others only through what is here.
"""
