"""What happened in the last minute, in bounded memory: times, labels and agreement of the variants. Knows no Qt."""
