/** Computed by Django 5, Werkzeug 3 and passlib 1.7, with few rounds. */
export const pythonPassword = 'correct horse ünïcode'

export const pythonHashes: Readonly<Record<string, string>> = {
  'pbkdf2_sha256 of Django': 'pbkdf2_sha256$1000$saltSALT12$681JTZvIIJGm/kf03JuxLBSq0mIDBbtzHjIWrxJ9Qic=',
  'pbkdf2_sha1 of Django': 'pbkdf2_sha1$1000$saltSALT12$irL/TWeAEyeBgqXi3lILbhzYwgE=',
  'argon2 of Django':
    'argon2$argon2id$v=19$m=1024,t=1,p=8$c2FsdFNBTFQxMjM0$F2gd2on40BidSLTaRKEjRoxbIPWBs43WDUc' + '/82JKYao',
  'bcrypt of Django': 'bcrypt$$2b$04$xp3HkBQnHjmtpOdoz4UDZOPer2bEpojD9i61JcbnMpwjXOBvtYECW',
  'bcrypt_sha256 of Django': 'bcrypt_sha256$$2b$04$64QhGlxnjXTcDqDK8pznIewTGbNBY75xKEaE07tG6fY6fFl4U2GAm',
  'scrypt of Django':
    'scrypt$1024$saltSALT12$8$5$j+8zQW5WFiT/9zxVMJa2hdCckeKlmLimZbMMSmETa/AcyMIzoNSs9y2Sd3UMi' +
    'LKOftb1QXWX//sJpo798nMOJQ==',
  'pbkdf2 of Werkzeug':
    'pbkdf2:sha256:1000$Kv6LihFap4v5P1GE$5ba19f7894c819b8a2c73b5c9a1ad94c54c7effad2a63986994b' +
    'f9fa793efb29',
  'pbkdf2-sha512 of Werkzeug':
    'pbkdf2:sha512:1000$r2HGfGJw8ishsh0F$26ffccf27d9d7b44c566ed760ca8a50edecec79737883eabe0f5' +
    '6421bd3fb5dc03a5a04dbf000d621ab7b03e673d7037448d36c0af8c8d23b6a21fda94e1563d',
  'scrypt of Werkzeug':
    'scrypt:1024:8:1$iLd1trkQXPofJtJG$19604ae29a4877b6e71df4b40e69fd5cf0f61dbb02b992a900e8eef' +
    '8356330c3094d2437f172428be4e85f54e676447e45db00a2e0cee5e7bef9e05068f02a64',
  'pbkdf2_sha512 of passlib':
    '$pbkdf2-sha512$1000$y5lzzrlXCoGw1lqLkRLC.A$4XARUTWmKXD5AIeT3B5EFwQAFsPGOscAIw1qKBmWMY.n0' +
    '/hzW2MuNwFTkrAPLNyoT7prznQRU3.h8Uvg9jsekA',
  'sha512_crypt of passlib':
    '$6$rounds=1000$Y8nJ4Q1F.pkfDI3P$YueqANVheJjGeEUqPovzO29CGgP7IluIexsNL97cMcCbrpANOO1ze8CO' +
    '/xKDVFwm/AeyxSRivSiMNcunQ5Vup1',
  'sha512_crypt of 5000 rounds':
    '$6$abc$QS14cybhcCh7NSkUFS2uoiGwybKRQSPHYgAaFAQxxv/J613IRYY7yyvgDvK4c/vXoj/DeDpw7m8rOAVQj' + 'Pb140',
}

export const longPassword = 'x'.repeat(150)
export const longSha512Crypt =
  '$6$rounds=1200$mo0IKu4p/S2YDK6o$PLsu9CtBp0A2/A3HQoOfNVwk/XhC' +
  'f6EeuK2ryWslLJi2NTdPr0d/m5cAq6c9e7ImE7aEs3HRgvsHBpSb2OXQ71'
