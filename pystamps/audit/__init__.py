"""What is known about the stages: fingerprints of their code, evidence that they equal StaMPS."""
