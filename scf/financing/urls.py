"""Addresses of the financing."""

from django.urls import path

from .flows import desk
from .views import ahead, apply, automatic, case_goods, cases, cheapest, decisions, liquidation, security

app_name = "financing"
urlpatterns = [
    path("apply/", apply.Start.as_view(), name="apply"),
    path("apply/cheapest/", cheapest.Cheapest.as_view(), name="apply-cheapest"),
    path("apply/<str:number>/need/", apply.Need.as_view(), name="apply-need"),
    path("apply/<str:number>/cost/", apply.CostPreview.as_view(), name="apply-cost"),
    path("apply/<str:number>/goods/", apply.Goods.as_view(), name="apply-goods"),
    path("apply/<str:number>/review/", apply.LookOver.as_view(), name="apply-review"),
    path("rules/", automatic.RuleList.as_view(), name="rule-list"),
    path("rules/<int:pk>/decide/", automatic.RuleDecide.as_view(), name="rule-decide"),
    path("cases/", cases.CaseList.as_view(), name="case-list"),
    path("cases/<str:number>/", cases.CasePage.as_view(), name="case"),
    path("cases/<str:number>/liquidate/", liquidation.Liquidate.as_view(), name="liquidate"),
    path("cases/<str:number>/sign-ahead/", ahead.SignAhead.as_view(), name="sign-ahead"),
    path("cases/<str:number>/withdraw/", cases.Withdraw.as_view(), name="withdraw"),
    path("cases/<str:number>/go-on/", security.GoOn.as_view(), name="go-on"),
    path("cases/<str:number>/goods/", case_goods.CaseGoods.as_view(), name="case-goods"),
    path("cases/<str:number>/attachments/<int:pk>/", cases.AttachmentFile.as_view(), name="attachment"),
    path("cases/<str:number>/documents/<int:pk>/", cases.CaseDocument.as_view(), name="case-document"),
    path("cases/<str:number>/documents/<int:pk>/file/", cases.CaseDocumentFile.as_view(), name="case-document-file"),
    path("cases/<str:number>/info/<int:pk>/", decisions.InfoFile.as_view(), name="info-file"),
    path("decisions/<int:pk>/", decisions.DecisionPage.as_view(), name="decision"),
    path("decisions/<int:pk>/seen/", decisions.DecisionSeen.as_view(), name="decision-seen"),
    path("precedents/<int:pk>/", decisions.PrecedentAct.as_view(), name="precedent"),
    path("precedents/<int:pk>/file/", decisions.PrecedentFile.as_view(), name="precedent-file"),
    path("contracts/<int:pk>/", cases.Contract.as_view(), name="contract"),
    path("queue/", cases.Queue.as_view(), name="queue"),
    path("work/<int:task_pk>/", desk.work, name="work"),
    path("work/<int:task_pk>/claim/", desk.claim, name="claim"),
    path("work/<int:task_pk>/release/", desk.release, name="release"),
    path("work/<int:task_pk>/assign/", desk.assign, name="assign"),
]
