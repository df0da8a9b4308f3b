"""What a notice must hold and how it moves. No Django here."""
