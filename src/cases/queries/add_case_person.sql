-- That a person took a step in a case (经办案件).
INSERT INTO case_people (person_id, case_key) VALUES (:person_id, :case_key)
ON CONFLICT (person_id, case_key) DO NOTHING
