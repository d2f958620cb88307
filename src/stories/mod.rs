//! `dependencies-template.yaml` and `sprint-status.yaml`, read and never written.
