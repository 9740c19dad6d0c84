"""What the service is measured against, in the same run."""
