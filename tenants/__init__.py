"""The ground of all rooms: provinces, their schemas, people, agencies, audit, onboarding, backup."""
