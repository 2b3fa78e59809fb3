"""Text out of files that people bring, read in a child process that may fail. No models, and no Django in the child."""
