"""What Jalon writes to people: mail and PDF documents, from templates and data that is already in words."""
