"""What every room stands on: errors, boxes, money, time. Knows nothing of documents."""
