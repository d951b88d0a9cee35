"""Jobs: verbs of the command line that run as child processes, outside the request path.

Routes put a job into the store; a runner, a process of its own that the server starts, takes it,
runs the verb in a process group, follows its progress and notes how it ended. Nothing here imports
what a verb needs: that happens in the child.
"""
