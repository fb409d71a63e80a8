-- Whether the installation has been set up.
SELECT COUNT(*) AS administrators
FROM person_roles
WHERE role IN ('system_admin', 'security_admin', 'audit_admin')
