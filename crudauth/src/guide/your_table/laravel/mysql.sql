CREATE TABLE `users` (
    `id` bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `email` varchar(255) NOT NULL,
    `email_verified_at` timestamp NULL,
    `password` varchar(255) NOT NULL,
    `remember_token` varchar(100) NULL,
    `created_at` timestamp NULL,
    `updated_at` timestamp NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE 'utf8mb4_unicode_ci';
ALTER TABLE `users` ADD UNIQUE `users_email_unique` (`email`);
