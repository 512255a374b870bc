"""Four gates in front of a business API, attacked on a laptop before they are deployed."""
