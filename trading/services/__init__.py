"""What is done in a sale; each module one noun."""
