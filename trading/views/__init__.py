"""The sale's pages: the public's, the bidder's, the staff's, finance's."""
