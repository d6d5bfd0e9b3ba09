"""What makes Yuepi better: generated samples, evaluation, measurements."""
