CREATE TABLE `users` (
    `id` bigint unsigned NOT NULL AUTO_INCREMENT,
    `email` varchar(160) NOT NULL,
    `hashed_password` varchar(255),
    `confirmed_at` datetime,
    `inserted_at` datetime NOT NULL,
    `updated_at` datetime NOT NULL,
    PRIMARY KEY (`id`)
) ENGINE = INNODB;
CREATE UNIQUE INDEX `users_email_index` ON `users` (`email`);
