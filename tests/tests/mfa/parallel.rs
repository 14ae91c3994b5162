//! Calls at the same time.

use serde_json::json;

use crate::site::{PLACES, Site, said, sign_in, verify};

#[tokio::test]
async fn of_twelve_wrong_codes_at_once_at_most_five_are_compared() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        let challenge = site.challenge(&mut site.client(), &ada.email).await;
        let calls = (0..12).map(|_| {
            let (mut client, challenge) = (site.client(), challenge.clone());
            let code = site.wrong_code(&ada.secret);
            async move { verify(&mut client, &challenge, &code).await.status.as_u16() }
        });
        let answers = futures_util::future::join_all(calls).await;
        let compared = answers.iter().filter(|status| **status == 401).count();
        assert!((1..=5).contains(&compared), "{answers:?}");
        assert!(answers.iter().all(|status| [400, 401, 429].contains(status)), "{answers:?}");
    }
}

#[tokio::test]
async fn of_parallel_right_codes_one_signs_in() {
    for place in PLACES {
        for _ in 0..5 {
            let site = Site::open(place).await;
            let ada = site.enrolled("ada@example.com").await;
            let challenge = site.challenge(&mut site.client(), &ada.email).await;
            let mut codes = vec![site.code(&ada.secret); 2];
            codes.extend(ada.recovery_codes[..2].iter().cloned());
            let calls = codes.into_iter().map(|code| {
                let (mut client, challenge) = (site.client(), challenge.clone());
                async move { verify(&mut client, &challenge, &code).await }
            });
            let answers = futures_util::future::join_all(calls).await;
            let said: Vec<_> = answers.iter().map(said).collect();
            assert_eq!(said.iter().filter(|(status, _)| *status == 200).count(), 1, "{said:?}");
        }
    }
}

#[tokio::test]
async fn of_parallel_enrolments_at_sign_in_one_sets_up_the_factor() {
    for place in PLACES {
        let site = Site::open(place).await;
        site.sign_up("must@example.com").await;
        let mut waiting = Vec::new();
        for _ in 0..4 {
            let body = sign_in(&mut site.client(), "/login", "must@example.com").await.json();
            let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
            waiting.push((text(&body["challenge"]), text(&body["setup"]["secret"])));
        }
        let calls = waiting.iter().map(|(challenge, secret)| {
            let (mut client, code) = (site.client(), site.code(secret));
            async move { verify(&mut client, challenge, &code).await }
        });
        let answers = futures_util::future::join_all(calls).await;
        let signed_in: Vec<_> =
            (0..answers.len()).filter(|it| answers[*it].status == 200).collect();
        assert_eq!(signed_in.len(), 1, "{:?}", answers.iter().map(said).collect::<Vec<_>>());
        site.after(60);
        let secret = &waiting[signed_in[0]].1;
        let challenge = site.challenge(&mut site.client(), "must@example.com").await;
        let answer = verify(&mut site.client(), &challenge, &site.code(secret)).await;
        assert_eq!(answer.status, 200, "its secret is the one that counts");
    }
}

#[tokio::test]
async fn of_parallel_regenerations_one_set_stays_whole() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        let calls = ada.recovery_codes[..3].iter().map(|code| {
            let (mut client, body) = (ada.client.clone(), json!({ "code": code }));
            async move { client.post_json("/mfa/recovery-codes/regenerate", &body).await }
        });
        let answers = futures_util::future::join_all(calls).await;
        let sets: Vec<_> = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .map(|answer| crate::site::texts(&answer.json()["recovery_codes"]))
            .collect();
        assert!(!sets.is_empty(), "{:?}", answers.iter().map(said).collect::<Vec<_>>());
        let mut works = Vec::new();
        for set in &sets {
            let challenge = site.challenge(&mut site.client(), &ada.email).await;
            works.push(verify(&mut site.client(), &challenge, &set[5]).await.status == 200);
        }
        assert_eq!(works.iter().filter(|works| **works).count(), 1, "{works:?}");
    }
}
