"""The most common passwords of ten characters or more: shorter ones are refused by their length.

Compared in lower case and without signs at their end. Collected from what published lists of
leaked passwords have in common, with the rows of the keyboard and the words of this program.
"""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
0123456789 01234567890 0987654321 1029384756 1122334455 123123123123 1231231234 1234512345
1234554321 123456123456 12345654321 1234567890 12345678900 12345678901 123456789012
1234567890123 1234567890a 1234567890q 123456789a 123456789abc 123456789q 123456789z 123456abcdef
12345qwert 123456qwerty 1234567891 12345678910 1234567899 123456789987 123qweasdzxc 1357924680
1472583690 147258369 1a2b3c4d5e 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc 2468013579
3141592653 5201314520 5201314520a 5845201314 7894561230 9876543210 987654321a a123456789
a1234567890 aa123456789 aa12345678 ab12345678 abc1234567 abc12345678 abc123456789 abcd123456
abcd12345678 abcd1234abcd abcde12345 abcdef1234 abcdef123456 abcdefg123 abcdefghij abcdefghijk
admin12345 admin123456 administrator administrator1 adminadmin admin@1234 admin@12345
admin@123456 asdasdasd123 asdf123456 asdfasdfasdf asdfghjkl123 asdfghjkl1 asdfghjkl; asdfjkl123
baseball123 basketball changeme123 chocolate1 christian1 company123 computer123 corporation
default123 dragon12345 evergreen1 football123 football12 forgetmenot generation google12345
hahahahaha hello12345 helloworld helloworld1 iloveyou12 iloveyou123 iloveyou1234 iloveyou520
internet123 jennifer123 jonathan123 justinbieber letmein123 letmein1234 letmeinnow liverpool1
liverpoolfc lovelove123 manchester manchester1 master1234 michael123 microsoft1 mynameis123
myp@ssw0rd mypassword mypassword1 network123 nopassword p@55w0rd123 p@ssw0rd12 p@ssw0rd123
p@ssw0rd1234 p@ssword123 passpass123 passw0rd12 passw0rd123 passw0rd1234 password00 password01
password10 password11 password12 password123 password1234 password12345 password123456
password2023 password2024 password2025 password2026 password21 password22 password99 password@1
password@123 passwordpassword photoshop1 pokemon123 princess123 qazwsx1234 qazwsx12345
qazwsx123456 qazwsxedcrfv qq123456789 qq12345678 qwe1234567 qwe123456789 qweasdzxc1 qweasdzxc123
qwer123456 qwer12345678 qwert12345 qwerty1234 qwerty12345 qwerty123456 qwertyqwerty qwertyuiop
qwertyuiop1 qwertyuiop12 qwertyuiop123 qwertyuiop[] q1w2e3r4t5 q1w2e3r4t5y6 root123456
rootrootroot samsung123 secret1234 starwars123 summer2023 summer2024 summer2025 summer2026
sunshine123 superman123 superstar1 system12345 test123456 test12345678 testtest123 testtesttest
unbelievable user123456 welcome123 welcome1234 welcome12345 welcome2024 welcome2025 welcome2026
welcome@123 whatever123 winter2024 winter2025 winter2026 woaini1314 woaini13145 woaini1314520
woaini520 woaini5201314 woaini520520 woaiwojia1 wang123456 li12345678 zhang123456 xiaoming123
beijing2008 beijing123 shanghai123 zhongguo123 china12345 china123456 caiwu123456 baoxiao123
baoxiao123456 fapiao123456 yuepi12345 yuepi123456 yuepiyuepi yuepi@123456 zaq12wsxcde3
zaq1zaq1zaq1 zxcvbnm123 zxcvbnm1234 zxcvbnm12345 zxcvbnm,./ zxcvbnmasd zxcvbnmzxcvbnm
trustno1234 thisismypassword correcthorse correcthorsebatterystaple
"""

COMMON_PASSWORDS: Final = frozenset(_WORDS.split())
