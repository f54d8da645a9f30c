"""What ``bulkwise train`` does for each task: one file a task."""
