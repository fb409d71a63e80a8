-- Whether a class dispatches by itself.
INSERT INTO dispatch_switches (edition, kind, class_code, is_on, changed_ms, changed_by)
VALUES (:edition, :kind, :class_code, :is_on, :changed_ms, :changed_by)
ON CONFLICT (edition, kind, class_code) DO UPDATE SET is_on = excluded.is_on, changed_ms = excluded.changed_ms, changed_by = excluded.changed_by
